import { type RouteName, routeContracts } from '../contract/routes.js'
import { me } from './account-routes.js'
import { health } from './health-route.js'
import { loadLater } from './load-later.js'
import { atOnce, type LoadedRoute, type Route } from './route.js'
import { login, logout, refresh } from './sign-in-routes.js'

/** What nearly every client asks for is there from the start. */
const loaded = { login, refresh, logout, me, health }

/** The compiler refuses a contract whose route is in neither place. */
const loadRoute = async (name: Exclude<RouteName, keyof typeof loaded>): Promise<LoadedRoute> =>
  (await loadLater())[name]

const isLoaded = (name: RouteName): name is keyof typeof loaded => Object.hasOwn(loaded, name)

const routeOf = (name: RouteName): Route =>
  isLoaded(name) ? atOnce(loaded[name]) : { contract: routeContracts[name], load: () => loadRoute(name) }

// The keys of a literal are those of its type.
const names = Object.keys(routeContracts) as RouteName[]

/** What is behind each contract. */
export const routeTable = Object.fromEntries(names.map((name) => [name, routeOf(name)])) as Readonly<
  Record<RouteName, Route>
>
