// The theme without the font that it would bring along.
import theme from 'vitepress/theme-without-fonts'

export default theme
