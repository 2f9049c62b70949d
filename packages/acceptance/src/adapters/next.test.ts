import { startNext } from './next-app.js'
import { describeAdapter } from './suite.js'

describeAdapter(await startNext())
