/**
 * Names of properties that only modules of the chat use among themselves: the build shortens them. None of them is a
 * browser's, the wire's, a page's (`isOpen`, `setUser`), a key of a catalogue, or stored. One that is missing costs a few
 * bytes; `names.test.ts` finds one that may not be here.
 */
export const INTERNAL: readonly string[] = `
  addController addStream addTyping addUnsent amendment areKept askForPerson beginAnew bodyOf countOf dayOf describedBy factOf
  firstDelay getToken handBack hangUp hasMeta holderOf hostConnected hostDisconnected hostUpdate hostUpdated idOf
  ifDead isAtEnd isControl isDurable isFirst isFresh isInterrupted isLast isLive isLoading isNew isNewest isNote isOf
  isPeeking isReturning isSent isStaff isUser isValue isVisitor isWaiting isWhole keepAll keepsUnsent lineAbove
  liveFrom longestAdvice longestDelay mayBeDone newSince noToken numberOf onDismiss onEdit onInput onNearTop onOpen
  onRemove onRetry onSend pageBack perSecond readNumber readUpTo removeController requestUpdate retryAfter retryAt
  sayAgain sendText serverNow setRead setTyping streamOf takeBack toItem unreadAfter updateComplete wakeAt wallClock
  wasOpen wasSent willRender withBody
`
  .trim()
  .split(/\s+/);
