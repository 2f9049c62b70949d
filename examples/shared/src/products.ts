import { defineCollection, number, text } from 'cardea'

/** Records that anybody reads, and that holders of `products:create`, `products:update` and `products:delete` look after. */
export const products = defineCollection('products', {
  type: 'base',
  fields: { title: text({ max: 200 }), price: number({ min: 0, optional: true }) },
  rules: { list: 'public', view: 'public' },
})
