import { Alert, Modal } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { useCommonWords } from '../ui/common-words.ts'
import { useDialogWords } from './dialog-words.ts'
import { useTillWords } from './words.ts'

const everyMs = 150
const formats = ['ean_13', 'ean_8', 'upc_a', 'upc_e', 'code_128', 'code_39', 'itf', 'data_matrix', 'qr_code'] as const

/** Looks for a barcode in what the camera sees, says it once, and closes. */
export function Camera({ close, scanned }: { close: () => void; scanned: (code: string) => void }) {
  const t = useTillWords()
  const say = useDialogWords()
  const common = useCommonWords()
  const video = useRef<HTMLVideoElement>(null)
  const [isRefused, setRefused] = useState(false)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the camera is opened once
  useEffect(() => {
    const ended = new AbortController()
    watch(video, ended.signal).then(
      (code) => {
        if (code === undefined) return
        scanned(code)
        close()
      },
      () => setRefused(true),
    )
    return () => ended.abort()
  }, [])
  return (
    <Modal opened onClose={close} title={t('camera')} closeButtonProps={{ 'aria-label': common('close') }}>
      {isRefused ? (
        <Alert color="red" role="alert">
          {say('noCamera')}
        </Alert>
      ) : (
        <video ref={video} width="100%" muted playsInline aria-label={t('camera')} />
      )}
    </Modal>
  )
}

/** The first code in sight; undefined when it was ended before. */
async function watch(video: React.RefObject<HTMLVideoElement | null>, ended: AbortSignal): Promise<string | undefined> {
  const detector = await openDetector()
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } })
  try {
    const shown = video.current
    if (!shown || ended.aborted) return undefined
    shown.srcObject = stream
    await shown.play()
    while (!ended.aborted) {
      const [found] = await detector.detect(shown)
      if (found) return found.rawValue
      await new Promise((resolve) => setTimeout(resolve, everyMs))
    }
    return undefined
  } finally {
    for (const track of stream.getTracks()) track.stop()
  }
}

/** The browser's own detector where it has one, else the one that comes with the app. */
async function openDetector() {
  const { BarcodeDetector, prepareZXingModule } = await import('barcode-detector/ponyfill')
  const { default: wasm } = await import('zxing-wasm/reader/zxing_reader.wasm?url')
  prepareZXingModule({ overrides: { locateFile: () => wasm } })
  return new BarcodeDetector({ formats: [...formats] })
}
