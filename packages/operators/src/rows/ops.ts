/** What happened to a row, by ROW_KIND, as Flink writes it. */
export const OPS = ['+I', '-U', '+U', '-D'] as const
