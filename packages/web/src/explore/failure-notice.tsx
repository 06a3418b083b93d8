import { adviceOn, type Remedy } from '../client/advice.ts';
import type { ApiFailure } from '../client/api-failure.ts';
import { Notice } from '../controls/notice.tsx';

interface FailureNoticeProps {
  readonly failure: ApiFailure;
  /** What the view can do about it; remedies it does not name get no button. */
  readonly remedies: Partial<Record<Remedy, () => void>>;
}

const labels: Record<Remedy, string> = {
  retry: 'Try again',
  narrowRange: 'Last 15 minutes',
  lowerLimit: 'Ask for 1,000 lines',
  skipErrors: 'Leave such lines out',
  pickTenant: 'Pick a tenant',
};

export function FailureNotice({ failure, remedies }: FailureNoticeProps) {
  const advice = adviceOn(failure);
  const offered = advice.remedies.filter((remedy) => remedies[remedy] !== undefined);
  return (
    <Notice kind="error" title={advice.title} detail={advice.detail} next={advice.next}>
      {offered.length > 0 &&
        offered.map((remedy) => (
          <button key={remedy} type="button" class="button small" onClick={() => remedies[remedy]?.()}>
            {labels[remedy]}
          </button>
        ))}
    </Notice>
  );
}
