/** The lines of the table of budgets, in its order: what each is about, and what it asks for. */
export const budgetLines = {
  statements: {
    title: 'SQL statements',
    asks: 'Without BEGIN and COMMIT, on the plain path: a request that is authenticated and authorized 1 (0 stateless), a sign-in ≤ 6, a refresh ≤ 3, an API key 1, confirming a reset ≤ 5.',
  },
  session: {
    title: 'Session and permission check',
    asks: 'In process, on SQLite: ≥ 60 × better-auth’s `getSession` and `userHasPermission`.',
  },
  permission: {
    title: 'Permission check on a resolved subject',
    asks: 'By string within 2 × of `Set.has` at every size; ≥ 10 × CASL; ≥ 20 × better-auth.',
  },
  route: {
    title: 'A guarded route over HTTP',
    asks: 'On SQLite, of the same route unguarded: Hono ≥ 45 % strict and ≥ 80 % stateless, Express ≥ 60 % and ≥ 85 %.',
  },
  signIn: {
    title: 'Password sign-ins',
    asks: '≥ 95 % of what the raw hasher does; the p99 of other routes < 25 ms meanwhile.',
  },
  growth: {
    title: 'Growth',
    asks: 'Session check, sign-in lookup and permission check with 1 M users and 5 M sessions ≤ 1.5 × their time with 1 k.',
  },
  size: {
    title: 'Size',
    asks: 'Gzipped, without storage: `cardea` and `@cardea/http` ≤ 100 kB; with `@cardea/kysely` ≤ 140 kB; `@cardea/sessions/verify` ≤ 12 kB; `@cardea/client` ≤ 6 kB. Cold import ≤ 0.45 × better-auth.',
  },
  types: {
    title: 'Types',
    asks: 'An app with 10 collections of 10 fields and 200 permissions ≤ 15,000 instantiations.',
  },
} as const

/** A line of the table of budgets. */
export type BudgetLine = keyof typeof budgetLines

/** The lines of an object of ours. */
export const budgetLineNames = Object.keys(budgetLines) as readonly BudgetLine[]
