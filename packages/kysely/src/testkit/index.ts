export {
  createTestDatabase,
  createTestKysely,
  hasTestServer,
  type SkippedDatabase,
  type TestDatabase,
  type TestServer,
  testServerUrl,
} from './test-database.js'
export { createTestFile, type TestFile } from './test-file.js'
