import { headers } from 'next/headers'
import { appOf } from './running'

/** The app of the request that a server component or an action runs for. */
export const currentApp = async (): Promise<ReturnType<typeof appOf>> => appOf({ headers: await headers() })
