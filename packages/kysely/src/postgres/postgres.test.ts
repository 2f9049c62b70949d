import { describeStorage } from '@cardea/storage/testkit'
import { openPostgresKysely, openPostgresUrl } from './open-postgres.fixture.js'

describeStorage('postgres() by URL', openPostgresUrl)
describeStorage('postgres() on a Kysely instance', openPostgresKysely)
