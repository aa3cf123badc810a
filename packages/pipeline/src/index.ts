export {
  DOCUMENT_FORMAT,
  OPERATOR_ID_PATTERN,
  GROUP_COLOURS,
  PipelineDocumentSchema,
  type Group,
  type GroupColour,
  type Note,
  type OperatorNode,
  type Parameter,
  type ParameterValue,
  type PipelineDocument,
  type PipelineTest,
  type PortReference,
  type Settings,
  type StreamNode,
  type TestRow,
  type TestStep,
} from './document.ts'
export { ERRORS_EDGE, ERRORS_PORT, type EdgeType, type StreamKind } from './edgeType.ts'
export type { ConfigFix, ConfigProblem, InsertedOperator, Problem, ProblemFix, ProblemPlace } from './problem.ts'
export {
  manifestOf,
  type ConfigField,
  type FlinkSupport,
  type Guarantee,
  type InputPort,
  type ManifestCatalogue,
  type OperatorCategory,
  type OperatorManifest,
  type OutputPort,
  type Partitioning,
  type TypingInput,
  type TypingResult,
  type Unifier,
} from './manifest.ts'
export { canConnect, connectionRules, type ConnectionAnswer } from './connection.ts'
export { applyFix, freeStreamId, proposeId } from './fixes.ts'
export { withFoundColumns, type FoundInFile } from './foundColumns.ts'
export { graphOf, reachable, type Graph } from './graph.ts'
export { freeGroupId, groupTree, outerPorts, type GroupNode, type GroupTree, type OuterPorts } from './groups.ts'
export { pathGuarantees, type PathGuarantee } from './guarantees.ts'
export { parameterValues, resolveParameters, type ResolveResult } from './parameters.ts'
export { liveFields, liveProblem, withConfig } from './liveConfig.ts'
export { parseDocument, type ParseResult } from './parse.ts'
export { partitionsOf, type Exchange, type OperatorPartitions } from './partitioning.ts'
export { planHash } from './planHash.ts'
export { outputPorts, propagate, type Propagation } from './propagation.ts'
export {
  isSecretName,
  isSecretReference,
  SECRET_NAME_PATTERN,
  secretNames,
  SecretReferenceSchema,
  secretsOfConfig,
  usedSecrets,
  type SecretReference,
  type UsedSecret,
} from './secrets.ts'
export { meantPort, readDocument, withPlaces } from './shortForm.ts'
export { USUAL_SETTINGS } from './usualSettings.ts'
export { validate } from './validation/validate.ts'
