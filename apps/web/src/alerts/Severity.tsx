import type { AlertSeverity } from '@belay/run'
import { Icon } from '../theme/Icon.tsx'
import { t } from '../language/t.ts'

/** `quiet`: it is over. */
export function Severity({ severity, quiet = false }: { readonly severity: AlertSeverity; readonly quiet?: boolean }) {
  return (
    <span className="al-severity" data-severity={quiet ? 'over' : severity}>
      <Icon name={severity === 'info' ? 'info' : 'warning'} size={12} />
      {t(severity)}
    </span>
  )
}
