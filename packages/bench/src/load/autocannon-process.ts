// Reads what to do from the standard input, and writes what was measured to the standard output.
import { text } from 'node:stream/consumers'
import autocannon from 'autocannon'

const result = await autocannon(JSON.parse(await text(process.stdin)))
process.stdout.write(
  JSON.stringify({ rate: result.requests.average, failures: result.non2xx + result.errors + result.timeouts }),
)
