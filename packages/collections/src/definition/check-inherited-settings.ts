import type { ErrorIssue } from '@cardea/core'
import { validate } from '@cardea/core/options'
import { inheritedSettingsSchema } from './definition-schema.js'

/** @returns What is wrong with settings that all collections inherit, by places inside of them; empty where nothing is. */
export function checkInheritedSettings(settings: unknown): readonly ErrorIssue[] {
  const result = validate(inheritedSettingsSchema, settings)
  return result.valid ? [] : result.issues
}
