/**
 * Names of properties that only modules of the chat use among themselves: the build shortens them. None of them is a
 * browser's, the wire's, a page's (`isOpen`, `setUser`), a key of a catalogue, or stored. One that is missing costs a few
 * bytes; `names.test.ts` finds one that may not be here.
 */
export const INTERNAL: readonly string[] = `
  abandon addController addStream addTyping addUnsent areKept askForPerson beginAnew burst countOf dayOf describedBy
  expire factOf firstDelay getToken handBack hangUp hasMeta holderOf hostConnected hostDisconnected hostUpdate
  hostUpdated hurry idOf ifDead isAtEnd isControl isDurable isFirst isFresh isInterrupted isLast isLive isLoading
  isNew isNewest isNote isOf isPeeking isReturning isSent isStaff isUser isValue isVisitor isWaiting isWhole keepAll
  keepsUnsent lastToken lineAbove liveFrom longestAdvice longestDelay lookedUp mayBeDone newSince noToken noticed
  numberOf offered onDismiss onEdit onInput onNearTop onOpen onRemove onRetry onSend outbox pageBack perSecond probed
  readNumber readUpTo readdress refusal remedy removeController requestUpdate retryAfter retryAt rewind sayAgain
  sendText serverNow setRead setTyping streamOf takeBack toItem trouble unreadAfter updateComplete wakeAt wallClock
  wasOpen wasSent willRender
`
  .trim()
  .split(/\s+/);
