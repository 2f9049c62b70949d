/** How much of everything a run does. */
export interface Scale {
  /** Whether the numbers are worth a judgement. */
  readonly judged: boolean
  readonly users: number
  readonly sessions: number
  /** Users of a large list, and of a small one. */
  readonly manyRows: number
  readonly fewRows: number
  /** Sizes of databases, from the smallest to the largest. */
  readonly growth: readonly { readonly users: number; readonly sessions: number }[]
  readonly growthRounds: number
  /** Rounds over HTTP with each of the servers. */
  readonly databaseRounds: number
  /** Sessions that are used in turn, each of another user. */
  readonly callers: number
  readonly rounds: number
  /** How long one contender runs in one round, in milliseconds. */
  readonly turnMilliseconds: number
  /** Sign-ins of one contender in one round. */
  readonly signIns: number
  readonly httpRounds: number
  readonly httpSeconds: number
  readonly floodRounds: number
  readonly floodSeconds: number
  readonly imports: number
  /** Roles and permissions of the large policy. */
  readonly largeRoles: number
  readonly largePermissions: number
  /** Users whose permissions are asked about. */
  readonly policyUsers: number
  /** Those of them whose subjects are at hand together. */
  readonly policyPeople: number
  /** Questions about them. */
  readonly policyQuestions: number
  /** Sizes of catalogues that code is typed by. */
  readonly typedPermissions: readonly number[]
  readonly typeRounds: number
}

export const fullScale: Scale = {
  judged: true,
  users: 10_000,
  sessions: 50_000,
  manyRows: 1_000_000,
  fewRows: 1_000,
  growth: [
    { users: 1_000, sessions: 5_000 },
    { users: 100_000, sessions: 500_000 },
    { users: 1_000_000, sessions: 5_000_000 },
  ],
  growthRounds: 7,
  databaseRounds: 3,
  callers: 1_000,
  rounds: 9,
  turnMilliseconds: 400,
  signIns: 240,
  httpRounds: 7,
  httpSeconds: 2,
  floodRounds: 5,
  floodSeconds: 6,
  imports: 21,
  largeRoles: 1_000,
  largePermissions: 5_000,
  policyUsers: 100_000,
  policyPeople: 1_000,
  policyQuestions: 65_536,
  typedPermissions: [72, 1_000, 5_000],
  typeRounds: 5,
}

export const smokeScale: Scale = {
  judged: false,
  users: 100,
  sessions: 200,
  manyRows: 1_200,
  fewRows: 600,
  growth: [
    { users: 30, sessions: 60 },
    { users: 60, sessions: 120 },
  ],
  growthRounds: 1,
  databaseRounds: 1,
  callers: 20,
  rounds: 2,
  turnMilliseconds: 5,
  signIns: 4,
  httpRounds: 1,
  httpSeconds: 0.2,
  floodRounds: 1,
  floodSeconds: 0.4,
  imports: 1,
  largeRoles: 50,
  largePermissions: 200,
  policyUsers: 200,
  policyPeople: 20,
  policyQuestions: 1_024,
  typedPermissions: [72],
  typeRounds: 1,
}
