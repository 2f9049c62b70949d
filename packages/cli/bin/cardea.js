#!/usr/bin/env node
// Not built, so that it is there when npm links it, also before the first build of the workspace.
import { main } from '../dist/index.js'

main()
