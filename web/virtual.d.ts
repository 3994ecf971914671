declare module 'virtual:routes' {
  /** Name, method and path of every operation, as the registry has them. */
  export const routes: readonly { readonly name: string; readonly method: string; readonly path: string }[]
}

declare module 'virtual:workerBuild' {
  /** The same, for the service worker alone. */
  export const workerBuild: string
}

declare module 'virtual:build' {
  /** Names this build: what its sources hash to. */
  export const build: string
}

declare module '@fontsource/noto-sans-arabic/*'
