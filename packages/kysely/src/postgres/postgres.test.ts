import { describeStorage, isQuick } from '@cardea/storage/testkit'
import { openPostgresKysely, openPostgresUrl } from './open-postgres.fixture.js'

describeStorage('postgres() by URL', openPostgresUrl)
// Where there is little time, one way to open it will do.
if (!isQuick()) describeStorage('postgres() on a Kysely instance', openPostgresKysely)
