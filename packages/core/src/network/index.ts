export { addressPrefix, canonicalAddress, sitePrefix } from './address.js'
