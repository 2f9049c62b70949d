import { hono } from './hono-app.js'
import { describeAdapter } from './suite.js'

describeAdapter(hono)
