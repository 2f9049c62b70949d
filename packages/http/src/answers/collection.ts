import {
  type AnyField,
  authSettings,
  type CheckedRule,
  type CollectionInfo,
  isAuthCollection,
  type SingleRule,
} from 'cardea'
import type { CollectionAnswer, FieldAnswer, RuleAnswer, SingleRuleAnswer } from '../contract/answers.js'
import { toIso } from './instant.js'

/** A definition as served, without what it hides. */
export function collectionAnswer(info: CollectionInfo): CollectionAnswer {
  const { collection } = info
  const { rules } = collection
  const shown = Object.entries(collection.fields).filter(([, field]) => field.hidden !== true)
  const fields = shown.map(([name, field]) => fieldAnswer(name, field))
  const names = new Set(['email', ...shown.map(([name]) => name)])
  const created = info.createdAt === null ? null : toIso(info.createdAt)
  const updated = info.updatedAt === null ? null : toIso(info.updatedAt)
  return {
    id: info.id,
    name: collection.name,
    type: collection.type,
    fields,
    schema: { fields },
    auth: isAuthCollection(collection) ? authAnswer(authSettings(collection), names) : null,
    rules: {
      list: ruleAnswer(rules.list, names),
      view: ruleAnswer(rules.view, names),
      create: ruleAnswer(rules.create, names),
      update: ruleAnswer(rules.update, names),
      delete: ruleAnswer(rules.delete, names),
    },
    system: info.system,
    version: info.version,
    created,
    created_at: created,
    updated,
    updated_at: updated,
  }
}

function fieldAnswer(name: string, { optional, hidden: _hidden, ...rest }: AnyField): FieldAnswer {
  return { name, ...rest, required: optional !== true }
}

const ruleAnswer = (rule: CheckedRule, shown: ReadonlySet<string>): RuleAnswer =>
  typeof rule === 'object' && 'anyOf' in rule
    ? { any_of: rule.anyOf.map((each) => singleAnswer(each, shown)) }
    : singleAnswer(rule, shown)

const singleAnswer = (rule: SingleRule, shown: ReadonlySet<string>): SingleRuleAnswer =>
  typeof rule === 'object' && 'owner' in rule && !shown.has(rule.owner) ? { owner: null } : rule

function authAnswer(
  { password, registration, requireVerified, identifiers }: ReturnType<typeof authSettings>,
  shown: ReadonlySet<string>,
): CollectionAnswer['auth'] {
  return {
    password: { enabled: password.enabled },
    registration,
    require_verified: requireVerified,
    identifiers: identifiers.filter((name) => shown.has(name)),
  }
}
