import { describeStorage } from '@cardea/storage/testkit'
import { openMysqlKysely, openMysqlPool, openMysqlUrl } from './open-mysql.fixture.js'

describeStorage('mysql() by URL', openMysqlUrl)
describeStorage('mysql() on a pool of mysql2', openMysqlPool)
describeStorage('mysql() on a Kysely instance', openMysqlKysely)
