/** Why a budget may be missed, what a profile shows then, and what would be needed. */
interface Explanation {
  readonly part: string
  /** In the name of the budget. */
  readonly budget: RegExp
  readonly text: string
}

const strictRoute =
  'a profile of the server (`--profile strict`) shows that a third of a request is the operating system taking the answer, which an unguarded route pays, too. The rest of what the guard costs is starting a read transaction (`pragma data_version`, some 2 µs that are two locks of the operating system), the digest of the cookie (1 µs), the check of the row, and a dozen steps of promises. Asking once for all requests of one turn of the event loop would spare most locks, but a commit of another process in the same turn would go unseen.'
const statelessRoute =
  'a profile (`--profile stateless`) shows the digest of the token by which it is known (1 to 2 µs of some 7), and steps of promises through middleware, guard and route (2 µs). Hono and Express pay for a guard that awaits by themselves: the routes with an empty middleware show it. A guard that answers without a promise would be needed, which is another contract for adapters.'
const signIn =
  'a profile of 16 callers on two cores shows the main thread busy for some 2 ms of a sign-in, a hash taking 6 to 7 ms of one core. A third of that is handing work to other threads while both cores hash (the hash itself, and the signature, which Web Crypto computes in a thread of its own), an eighth the writes of two transactions, a tenth digests; the rest is lookups, checks of rows and promises. In processor time it is 1.2 ms beside the hash. Since both cores hash without a pause, all of it is taken from them: the budget leaves 0.35 ms. A hash of 25 ms, which is what the parameters cost on slower machines, or more cores would meet it; so would a signature without a thread, and writes of several sign-ins in one transaction.'
const byString =
  'here both are asked in the form that they like best, made beforehand for each question; by the same text as Cardea, which they have to take apart, the budget is met. `Set.has` itself is some nine times as fast as either on a small role where everything lies in the processor’s nearest memory, so no check by string can be that much faster. A number in place of the text would be needed: `compiled.subject(…)` knows them, but code asks by text.'
const manySubjects =
  'not profiled; what may be the reason: loads that miss the processor’s caches: the text’s number, the subject, its bits. `Set.has` of a set for each has to touch two places, `can` touches three. Handing out numbers in place of texts would spare one of them.'
const byData =
  'the table has the reason: `Map.get` of every permission alone, by which a text becomes a number, takes four fifths of the time on the large policy and more than half on the small one; the rest is a call and a look at the bits. It compares each text that it finds, character by character, where a set of what somebody holds finds only what is allowed. A set of texts for each combination of roles would be needed, some 100 kB for each with 5,000 permissions, or numbers in place of texts.'
const growingInProcess =
  'asked of ten users in turn in place of 999, the same calls take 1.05 and 1.06 × with 1 M users (measured), though an index there has four levels and with 1 k two: what grows is neither the statement nor its depth, but that what 999 users need of tables of a gigabyte lies all over memory, while all of the small database fits the processor’s caches. A page cache of 2 GB and a mapped file, tried instead of 32 MB, change nothing. Where nothing was committed since, rows of before are known and none of it is read, which is what the session check shows.'
const growingOnServer =
  'it is the buffer pool: measured apart on a quiet machine with one of 6 GB, which holds all tables and reads no page from the disk meanwhile, the read of a session takes 1.01 to 1.10 × and the sign-in lookup 1.05 to 1.10 × with 1 M users and 1 M sessions (not 5 M, as here). MariaDB’s own default is 128 MB, which this run has: of some gigabytes it holds little, and it reads past the cache of the operating system (`innodb_flush_method = O_DIRECT`). `innodb_buffer_pool_size` as large as what is used of the tables is needed; PostgreSQL, which does read through that cache, meets the budget as it comes.'

const explanations: readonly Explanation[] = [
  { part: 'http', budget: /strict/, text: strictRoute },
  { part: 'http', budget: /stateless/, text: statelessRoute },
  {
    part: 'permission-of-session',
    budget: /./,
    text: 'not profiled; what may be the reason: better-auth’s part is some 1.3 ms of processor time, of which a busy machine takes more or less; ours is a lock and a read of SQLite. What is left beside that read is finding the cookie, its digest and a dozen steps of promises.',
  },
  { part: 'sign-in', budget: /./, text: signIn },
  {
    part: 'flood',
    budget: /./,
    text: 'not profiled; what may be the reason: flood, probe and server are three processes on the cores that also hash; the event loop itself is never held for longer than a few milliseconds. A core that does not hash would be needed.',
  },
  {
    part: 'crowd',
    budget: /./,
    text: 'not profiled; what may be the reason: as in the flood: 200 clients, the probe and the server share the cores that hash.',
  },
  { part: 'can', budget: /CASL|better-auth/, text: byString },
  { part: 'can', budget: /texts from data/, text: byData },
  { part: 'can', budget: /Set\.has|checks a second/, text: manySubjects },
  { part: 'can-of-many', budget: /CASL|better-auth/, text: byString },
  { part: 'can-of-many', budget: /Set\.has/, text: manySubjects },
  {
    part: 'policy',
    budget: /compile/,
    text: 'a profile shows the time in reading the grants of each role (two fifths of it); the names of a catalogue are numbered once, and cycles of inheritance are looked for only where a parent comes after its heir. Compiling only the roles that have changed would be needed.',
  },
  {
    part: 'policy',
    budget: /condition/,
    text: 'a profile shows two thirds of the time in the decision itself: finding the grants of one of a thousand permissions that depend on the row, the row’s member, and the comparison. Grants that are equal are made once, which has halved it; a list by the permission’s number in place of the map would spare a look-up, and cost a place for every permission in each set of roles.',
  },
  {
    part: 'policy',
    budget: /of many/,
    text: 'of one principal the same takes a fifth of the time: what is left is loads that miss the processor’s caches, of the entry, the subject and its bits of thousands of people who ask in no order. Smaller entries, or fewer principals at hand, would be needed.',
  },
  {
    part: 'policy',
    budget: /./,
    text: 'not profiled; what may be the reason: each `await` is a step of its own.',
  },
  { part: 'growth', budget: /SQLite/, text: growingInProcess },
  { part: 'growth', budget: /./, text: growingOnServer },
  {
    part: 'pages',
    budget: /./,
    text: 'not profiled; what may be the reason: a page is read with the principals and the roles of its users, which lie all over larger tables.',
  },
  {
    part: 'statements',
    budget: /reset/,
    text: 'beyond finding and taking the link, the epoch and the password, the transaction forgets the devices that were known, ends what the account does as others, and queues the notice to its owner; and behind the answer’s back, the limits of the network are forgiven. All of these were added for what an attacker could do otherwise. Leaving the two deletions to the housekeeping would need an epoch in those rows.',
  },
  {
    part: 'statements',
    budget: /./,
    text: 'a statement was added for what an attacker could do otherwise.',
  },
  {
    part: 'import',
    budget: /./,
    text: 'imported one by one, kysely alone takes half of it, since it is some hundreds of files, and zod a quarter; what is left for our own code is a quarter. Bundled, as most deployments are, it meets the budget without the storage (the check of sizes holds that). A build of kysely in one file would be needed.',
  },
  {
    part: 'sizes',
    budget: /./,
    text: 'not profiled; what may be the reason: the schemas (zod) and the router are half of it; more would have to load at first use.',
  },
  {
    part: 'types',
    budget: /./,
    text: 'it is the checker’s time alone. A trace shows it walking the union of all permissions several times for each question that is asked, since the permission is a type variable with so many members; what roles name is held against the union once. Methods without a type variable would be needed, which could not tie the object to its row type.',
  },
]

/** What is said of a budget that is missed. */
export const explanationOf = (part: string, budget: string): string | undefined =>
  explanations.find((explanation) => explanation.part === part && explanation.budget.test(budget))?.text
