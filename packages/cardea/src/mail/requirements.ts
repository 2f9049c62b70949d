import type { AuthSettings } from '@cardea/collections'

/** The settings under which nobody gets in, or nobody new, while no mail can be sent. */
export function settingsThatNeedMail(settings: AuthSettings): readonly string[] {
  return [
    ...(settings.otp.enabled ? ['otp.enabled'] : []),
    ...(settings.requireVerified ? ['requireVerified'] : []),
    ...(settings.registrationAnswer === 'uniform' ? ['registrationAnswer: uniform'] : []),
  ]
}
