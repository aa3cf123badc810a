import { t } from '../language/t.ts'

/** A field for a password that is chosen now; 12 characters are what the server asks for. */
export function PasswordField({
  label,
  value,
  onChange,
}: {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
}) {
  return (
    <label className="rn-field">
      {t('{label}, at least 12 characters', { label })}
      <input
        className="ac-input"
        type="password"
        required
        minLength={12}
        maxLength={200}
        autoComplete="new-password"
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </label>
  )
}
