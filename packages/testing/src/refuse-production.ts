if (process.env['NODE_ENV'] === 'production') {
  throw new Error(
    '@cardea/testing was imported with NODE_ENV=production. It keeps codes and links for everybody to read: import it from tests alone.',
  )
}

export {}
