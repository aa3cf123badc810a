export type {
  CommandAnswer,
  KillPreview,
  LiveValues,
  PreviewOperator,
  RunCommand,
  RunCommandBody,
  SinkVerb,
  SkippedWindows,
} from './command.ts'
export { ENDED_STATES, mostUrgent, type OperatorActivity, type OperatorState, type RunState } from './state.ts'
export {
  ROW_ERROR_GROUPS,
  ROW_ERROR_ROWS,
  ROW_ERROR_RULES,
  type OnRowError,
  type RowErrorGroup,
  type RowErrorRow,
  type RowErrorRule,
  type RowErrors,
} from './rowErrors.ts'
export {
  LOG_KEPT_BYTES,
  LOG_KEPT_MS,
  LOG_LEVELS,
  LOG_LINES_PER_SECOND,
  USUAL_LOG_LEVEL,
  type LogLevel,
  type LogLine,
  type LogPage,
  type LogQuery,
  type LogValue,
} from './log.ts'
export type { CheckpointPhase, CheckpointSummary, ProcessEnd, RecoveryDurations, RunEvent, RunEventBody } from './event.ts'
export type { OperatorFigures, PartitionFigures, RunDelta, RunFigures, RunSnapshot, StreamFigures, TableRows } from './figures.ts'
export type {
  CheckpointState,
  KeyHistory,
  KeyQuery,
  StateCell,
  StateChange,
  StateChanges,
  StateColumn,
  StateEntry,
  StateHolder,
  StatePage,
  StateQuery,
  StateShape,
} from './stateView.ts'
export type { PlanInstance, PlanStream, PlanStreamFigures, RunPlan } from './plan.ts'
export type {
  IsolationLevel,
  RunHandle,
  RunIsolation,
  RunListener,
  RowPostAnswer,
  RowsToPost,
  RunRecord,
  Runner,
  StartRequest,
} from './runner.ts'
export {
  OPERATOR_SERIES,
  RUN_SERIES,
  type HistoryValues,
  type OperatorSeries,
  type OperatorStanding,
  type RunHistory,
  type RunSeries,
  type RunStanding,
} from './history.ts'
export {
  MOST_PROFILE_MS,
  type CpuProfile,
  type CpuProfileNode,
  type StackFrame,
  type ThreadProfile,
  type ThreadStack,
} from './threadView.ts'
export { MOST_PEEKS, PEEK_LEASE_MS, type PeekCell, type PeekedRow, type PeekedRows, type PeekedStream, type PeekSample } from './peek.ts'
export type { ClientMessages, JoinAnswer, JoinRequest, PeekAnswer, PeekRequest, ServerMessages } from './live.ts'
export { isTry, TRY_MS, TRY_PREFIX } from './try.ts'
export {
  ALERT_COLUMNS,
  ALERT_SEVERITIES,
  WEBHOOK_EVENTS,
  type Alert,
  type AlertColumn,
  type AlertEnd,
  type AlertNoData,
  type AlertPreview,
  type AlertRule,
  type AlertRuleBody,
  type AlertScope,
  type AlertSeverity,
  type Delivery,
  type Webhook,
  type WebhookBody,
  type WebhookEvent,
} from './alert.ts'
export type { SessionFile } from './sessionFile.ts'
