import { usersName } from '../../options/users-name.js'
import type { LinkContent, MailKind, NoticeContent } from '../kinds.js'
import type { MailBasics, MailTemplate, MailTemplates, MailTexts } from '../message.js'
import { layOut } from './layout.js'

const within = ({ minutes }: { readonly minutes: number }): string => {
  if (minutes >= 2_880 && minutes % 1_440 === 0) return `${minutes / 1_440} days`
  if (minutes >= 120 && minutes % 60 === 0) return `${minutes / 60} hours`
  if (minutes === 60) return '1 hour'
  return minutes === 1 ? '1 minute' : `${minutes} minutes`
}

/** Who did it, when and with what, as far as that is known. */
function circumstances({ time, device, ip }: NoticeContent): string {
  const parts = [time, ...(device === undefined ? [] : [device]), ...(ip === undefined ? [] : [`address ${ip}`])]
  return `${parts.join(' · ')}.`
}

const notYou = 'If this was not you, reset your password at once, and sign out everywhere.'
// Neither ends with a new password or a sign-out.
const keyNotYours =
  'If neither you nor somebody who looks after your account did this, remove the key at once, reset your password, and sign out everywhere.'
const ignore = 'If you did not ask for this, you need not do anything.'

const notice = (about: MailBasics & NoticeContent, subject: string, sentence: string, advice = notYou): MailTexts =>
  layOut({ appName: about.appName, subject, paragraphs: [sentence, circumstances(about), advice] })

const linkTo = (
  about: MailBasics & LinkContent,
  words: { readonly subject: string; readonly sentence: string; readonly label: string; readonly closing: string },
): MailTexts =>
  layOut({
    appName: about.appName,
    subject: words.subject,
    paragraphs: [words.sentence, `The link works once, for ${within(about)}.`, words.closing],
    action: { label: words.label, link: about.link },
  })

/**
 * The texts where the app has none of its own. None shows what an account's owner calls itself: whoever registers an
 * address that is not theirs must not be able to write to it.
 */
const builtInTemplates: Required<MailTemplates> = {
  verification: (data) =>
    linkTo(data, {
      subject: `Confirm your address for ${data.appName}`,
      sentence: `Somebody has made an account at ${data.appName} with this address. If that was you, confirm it here:`,
      label: 'Confirm the address',
      closing: ignore,
    }),
  password_reset: (data) =>
    linkTo(data, {
      subject: `Reset your password for ${data.appName}`,
      sentence: `Somebody has asked to reset the password of your account at ${data.appName}. Choose a new one here:`,
      label: 'Choose a new password',
      closing: `${ignore} Your password stays as it is.`,
    }),
  email_change: (data) =>
    linkTo(data, {
      subject: `Confirm your new address for ${data.appName}`,
      sentence: `Somebody wants this to be the address of their account at ${data.appName}. If that was you, confirm it here:`,
      label: 'Confirm the new address',
      closing: ignore,
    }),
  invitation: (data) =>
    linkTo(data, {
      subject: `You are invited to ${data.appName}`,
      sentence: `Somebody has invited you to ${data.appName}. To make your account, choose a password here:`,
      label: 'Accept the invitation',
      closing: 'If you do not want an account, you need not do anything.',
    }),
  otp: (data) =>
    layOut({
      appName: data.appName,
      subject: `Your code for ${data.appName}`,
      paragraphs: [
        `This is your code to sign in at ${data.appName}:`,
        `It works once, for ${within(data)}. Tell it to nobody, whoever asks.`,
        ignore,
      ],
      action: { code: data.code },
    }),
  password_changed: (data) =>
    notice(data, `Your password was changed`, `The password of your account at ${data.appName} was changed.`),
  email_changed: (data) =>
    notice(
      data,
      `Your address was changed`,
      `Your account at ${data.appName} has another e-mail address now, and this one no longer belongs to it.`,
      `If this was not you, write to the people behind ${data.appName} at once.`,
    ),
  mfa_enabled: (data) =>
    notice(
      data,
      'Two-step sign-in was turned on',
      `From now on, signing in to your account at ${data.appName} takes a second step.`,
    ),
  mfa_disabled: (data) =>
    notice(
      data,
      'Two-step sign-in was turned off',
      `Signing in to your account at ${data.appName} no longer takes a second step.`,
    ),
  backup_code_used: (data) =>
    notice(
      data,
      'A backup code was used',
      `One of the backup codes of your account at ${data.appName} was used to sign in.${
        data.remaining === undefined ? '' : ` Codes that are left: ${data.remaining}.`
      }`,
    ),
  new_device: (data) =>
    notice(
      data,
      'Your account was used on a new device',
      `Somebody has signed in to your account at ${data.appName} on a device that was not used before.`,
    ),
  identity_linked: (data) =>
    notice(
      data,
      'A way to sign in was added',
      `An account at ${data.provider ?? 'another service'} can now be used to sign in to your account at ${data.appName}.`,
    ),
  api_key_created: (data) =>
    notice(
      data,
      'An API key was made',
      `There is a new API key for your account at ${data.appName}. A program that has it can act for you.`,
      keyNotYours,
    ),
  ssh_key_added: (data) =>
    notice(
      data,
      'An SSH key was added',
      `An SSH key was added to your account at ${data.appName}. Whoever has its private key can sign in as you.`,
      keyNotYours,
    ),
  registration_attempted: (data) =>
    notice(
      data,
      `You have an account at ${data.appName}`,
      `Somebody has tried to make an account at ${data.appName} with this address, but there is one already. If that was you, sign in, or reset your password if you do not know it any more.`,
      ignore,
    ),
  account_locked: (data) =>
    notice(
      data,
      'Signing in was stopped on new devices',
      `There were too many failed attempts to sign in to your account at ${data.appName}.${
        data.minutes === undefined
          ? ' Nobody can sign in from a device that was not used before until you reset your password.'
          : ` Whoever made them has to wait ${within({ minutes: data.minutes })}.`
      }`,
      'If this was not you, your password has held. You can sign in on the devices that you always use, or reset your password.',
    ),
}

/**
 * The template of a kind: the first that has one, such as the collection's own; else the built-in one. An address that has an
 * account in a collection of the app's may have one among the users as well, so that the built-in one says which is meant.
 */
export function templateOf<Kind extends MailKind>(
  kind: Kind,
  ...owned: readonly (MailTemplates | undefined)[]
): MailTemplate<Kind> {
  const own = owned.find((each) => each?.[kind] !== undefined)
  // What stands at a key of the mapped type is of that key's type; the compiler does not follow it through the optional.
  const template = (own ?? builtInTemplates)[kind] as unknown as MailTemplate<Kind>
  if (own !== undefined) return template
  return (data) => template({ ...data, appName: nameFor(data) })
}

const nameFor = ({ appName, collection }: { readonly appName: string; readonly collection: string }): string =>
  collection === usersName ? appName : `${appName} (${collection.replaceAll(/[_-]+/g, ' ')})`
