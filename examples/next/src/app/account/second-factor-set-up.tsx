'use client'

import { useEffect, useState } from 'react'
import { auth } from '../client.ts'
import { FieldForm } from '../field-form.tsx'

interface Enrolled {
  readonly secret: string
  readonly qr_svg: string
}

/** What takes the place of a form takes its focus, too. */
const focusOn = (shown: HTMLElement | null): void => shown?.focus()

/** Shows the picture that an app for codes reads, takes the first code, and shows the backup codes once. */
export function SecondFactorSetUp() {
  const [enabled, setEnabled] = useState<boolean>()
  const [enrolled, setEnrolled] = useState<Enrolled>()
  const [backupCodes, setBackupCodes] = useState<readonly string[]>()
  useEffect(() => {
    const load = async () => setEnabled((await auth.mfa.state()).enabled)
    // Without an answer the page says nothing of it.
    load().catch(() => undefined)
  }, [])
  if (backupCodes !== undefined) {
    return (
      <section aria-label="Backup codes">
        <h2 tabIndex={-1} ref={focusOn}>
          Backup codes
        </h2>
        <p>Each takes the place of a code once. They are not shown again.</p>
        <ul>
          {backupCodes.map((code) => (
            <li key={code}>{code}</li>
          ))}
        </ul>
      </section>
    )
  }
  if (enrolled !== undefined) {
    return (
      <section aria-label="Second factor">
        <h2>Second factor</h2>
        <img
          alt="QR code for your app"
          width={200}
          height={200}
          src={`data:image/svg+xml;utf8,${encodeURIComponent(enrolled.qr_svg)}`}
        />
        <p>
          Or by hand: <code>{enrolled.secret}</code>
        </p>
        <FieldForm
          takesFocus
          submit="Activate"
          fields={[{ name: 'code', label: 'Code of your app', inputMode: 'numeric', autoComplete: 'one-time-code' }]}
          onSend={async ({ code = '' }) => setBackupCodes((await auth.mfa.activate({ code })).backup_codes)}
        />
      </section>
    )
  }
  return (
    <section aria-label="Second factor">
      <h2>Second factor</h2>
      {enabled === true && <p>A code of your app is asked for.</p>}
      {enabled === false && (
        <FieldForm submit="Set up" fields={[]} onSend={async () => setEnrolled(await auth.mfa.enroll())} />
      )}
    </section>
  )
}
