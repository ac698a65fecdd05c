/** Pipelines and their stages. A stage's probability says whether a deal in it is closed, and won. */
export interface Stage {
  id: string
  label: string
  displayOrder: number
  metadata: Record<string, string>
  createdAt: number
  updatedAt: number
  archived: boolean
}

export interface Pipeline {
  id: string
  label: string
  displayOrder: number
  stages: Stage[]
  createdAt: number
  updatedAt: number
  archived: boolean
}

const stages: [id: string, label: string, probability: string][] = [
  ['appointmentscheduled', 'Appointment Scheduled', '0.2'],
  ['qualifiedtobuy', 'Qualified To Buy', '0.4'],
  ['presentationscheduled', 'Presentation Scheduled', '0.6'],
  ['decisionmakerboughtin', 'Decision Maker Bought-In', '0.8'],
  ['contractsent', 'Contract Sent', '0.9'],
  ['closedwon', 'Closed Won', '1.0'],
  ['closedlost', 'Closed Lost', '0.0'],
]

export function defaultPipelines(now: number): Pipeline[] {
  const times = { createdAt: now, updatedAt: now, archived: false }
  return [
    {
      id: 'default',
      label: 'Sales Pipeline',
      displayOrder: 0,
      stages: stages.map(([id, label, probability], displayOrder) => ({
        id,
        label,
        displayOrder,
        ...times,
        metadata: stageMetadata(probability),
      })),
      ...times,
    },
  ]
}

/** `isClosed` follows from the probability: 0 and 1 are the two ends. */
export function stageMetadata(probability: string): Record<string, string> {
  const closed = Number(probability) === 0 || Number(probability) === 1
  return { isClosed: String(closed), probability }
}

export function findStage(pipelines: Pipeline[], pipelineId: string | null, stageId: string | null): Stage | null {
  const pipeline = pipelines.find((p) => p.id === pipelineId && !p.archived)
  return pipeline?.stages.find((s) => s.id === stageId && !s.archived) ?? null
}
