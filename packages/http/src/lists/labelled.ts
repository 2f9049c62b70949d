import type { ListDescription } from './answer-list.js'

/** What has a label for people to find it by, such as a role or a permission. */
interface Labelled {
  readonly id: string
  readonly label: string
  readonly description: string
  readonly systemProtected: boolean
  readonly createdAt: number
  readonly updatedAt: number
}

/** How a list of such is sorted, filtered and searched. */
export const labelled: Omit<ListDescription<Labelled>, 'path' | 'present'> = {
  fields: {
    id: ({ id }) => id,
    label: ({ label }) => label,
    description: ({ description }) => description,
    system_protected: ({ systemProtected }) => systemProtected,
    created_at: ({ createdAt }) => createdAt,
    updated_at: ({ updatedAt }) => updatedAt,
    date_created: ({ createdAt }) => createdAt,
    date_modified: ({ updatedAt }) => updatedAt,
  },
  key: 'label',
  searched: ({ label, description }) => `${label} ${description}`,
}
