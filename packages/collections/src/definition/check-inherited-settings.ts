import type { ErrorIssue } from '@cardea/core'
import { validate } from '@cardea/core/options'
import { inheritedSettingsSchema, storableSettingsSchema } from './definition-schema.js'

/** @returns What is wrong with settings that all collections inherit, by places inside of them; empty where nothing is. */
export function checkInheritedSettings(settings: unknown): readonly ErrorIssue[] {
  const result = validate(inheritedSettingsSchema, settings)
  return result.valid ? [] : result.issues
}

/** The same of settings that were stored. */
export function checkStoredSettings(settings: unknown): readonly ErrorIssue[] {
  const result = validate(storableSettingsSchema, settings)
  return result.valid ? [] : result.issues
}
