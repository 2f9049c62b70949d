import express from 'express'
import express4 from 'express4'
import { onExpress } from './express-app.js'
import { describeAdapter } from './suite.js'

describeAdapter(onExpress('Express 5', express))
// What the suite uses of both is the same, whatever their types say.
describeAdapter(onExpress('Express 4', express4 as unknown as typeof express))
