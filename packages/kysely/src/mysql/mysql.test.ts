import { describeStorage, isQuick } from '@cardea/storage/testkit'
import { openMysqlKysely, openMysqlPool, openMysqlUrl } from './open-mysql.fixture.js'

describeStorage('mysql() by URL', openMysqlUrl)
// Where there is little time, one way to open it will do.
if (!isQuick()) {
  describeStorage('mysql() on a pool of mysql2', openMysqlPool)
  describeStorage('mysql() on a Kysely instance', openMysqlKysely)
}
