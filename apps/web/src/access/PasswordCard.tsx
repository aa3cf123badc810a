import { useState } from 'react'
import { PasswordField } from './PasswordField.tsx'
import { t } from '../language/t.ts'

export function PasswordCard({ act }: { readonly act: (current: string, next: string) => Promise<boolean> }) {
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const [done, setDone] = useState(false)
  return (
    <section className="st-card" aria-label={t('Your password')}>
      <header>
        <h2>{t('Your password')}</h2>
      </header>
      <form
        className="ac-row"
        onSubmit={(event) => {
          event.preventDefault()
          void act(current, next).then((worked) => {
            setDone(worked)
            if (!worked) return
            setCurrent('')
            setNext('')
          })
        }}
      >
        <label className="rn-field">
          {t('Now')}
          <input
            className="ac-input"
            type="password"
            required
            autoComplete="current-password"
            value={current}
            onChange={(event) => setCurrent(event.target.value)}
          />
        </label>
        <PasswordField label={t('New')} value={next} onChange={setNext} />
        <button type="submit" className="rn-btn rn-lg">
          {t('Change')}
        </button>
        <span className="rn-small rn-t2" role="status">
          {done ? t('Changed; your other sessions have ended.') : ''}
        </span>
      </form>
    </section>
  )
}
