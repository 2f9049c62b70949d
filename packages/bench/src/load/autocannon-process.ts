// Reads what to do from the standard input, and writes what was measured to the standard output.
import { text } from 'node:stream/consumers'
import autocannon from 'autocannon'

// Written by `loadByAutocannon`.
const options = JSON.parse(await text(process.stdin)) as object
const { requests, non2xx, errors, timeouts } = await autocannon(options)
const failures = non2xx + errors + timeouts
process.stdout.write(JSON.stringify({ requestsPerSecond: requests.average, requests: requests.total, failures }))
