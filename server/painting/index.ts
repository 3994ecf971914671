export { paintDots, paintPng } from './paint.ts'
