import { Icon } from '../controls/icon.tsx';
import type { FollowState } from './explore-session.ts';

interface FollowBarProps {
  readonly follow: FollowState;
  readonly onPause: (paused: boolean) => void;
  readonly onStop: () => void;
}

/** How the live tail is doing. */
export function FollowBar({ follow, onPause, onStop }: FollowBarProps) {
  const { connection, paused, waitingCount, droppedCount } = follow;
  return (
    <div class={`follow-bar ${connection.kind}${paused ? ' paused' : ''}`}>
      <i class="follow-dot" />
      <span role="status">{sayConnection(follow)}</span>
      {droppedCount > 0 && <span class="caution">{droppedCount} lines were dropped: too many to follow</span>}
      <span class="follow-actions">
        <button type="button" class="button small" onClick={() => onPause(!paused)}>
          <Icon name={paused ? 'play' : 'pause'} />
          {paused ? `Resume${waitingCount > 0 ? ` (${waitingCount.toLocaleString('en')} new)` : ''}` : 'Pause'}
        </button>
        <button type="button" class="button small" onClick={onStop}>
          <Icon name="stop" /> Stop
        </button>
      </span>
    </div>
  );
}

function sayConnection({ connection, paused }: FollowState): string {
  switch (connection.kind) {
    case 'connecting':
      return 'Connecting…';
    case 'open':
      return paused ? 'Paused: new lines wait' : 'Following new lines';
    case 'waiting':
      return `Disconnected (${connection.reason}); trying again in ${Math.ceil(connection.retryInMs / 1000)} s`;
    case 'stopped':
      return 'Stopped';
  }
}
