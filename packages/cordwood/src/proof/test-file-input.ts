/** A test file as an object: the same keys and texts as in YAML (docs/guide/testing.md). Durations are texts: `90s`, `5m`. */
export interface TestFileInput {
  readonly rule_files?: readonly (string | { readonly path: string; readonly tenant?: string })[];
  readonly evaluation_interval?: string;
  readonly group_eval_order?: readonly string[];
  readonly prometheus_rule_files?: readonly string[];
  readonly tenant?: string;
  readonly loki_config?: string;
  readonly overrides?: string;
  readonly tests?: readonly RuleTestInput[];
  readonly pipeline_tests?: readonly PipelineTestInput[];
  readonly isolation_tests?: readonly { readonly name?: string; readonly tenants?: readonly string[] }[];
  readonly ingest_tests?: readonly {
    readonly name?: string;
    readonly tenant?: string;
    readonly seed?: number;
    readonly interval?: string;
    readonly speed?: number;
    readonly input_streams?: readonly StreamInput[];
    readonly replay?: string;
    readonly exp_refused: readonly { readonly tenant?: string; readonly reason: string; readonly lines: number }[];
  }[];
}

type Texts = Readonly<Record<string, string>>;

export interface RuleTestInput {
  readonly name?: string;
  readonly interval?: string;
  readonly tenant?: string;
  readonly seed?: number;
  readonly external_labels?: Texts;
  readonly external_url?: string;
  /** RFC 3339 */
  readonly start?: string;
  readonly input_streams?: readonly StreamInput[];
  readonly pipeline?: { readonly config: string; readonly component?: string; readonly env?: Texts };
  readonly raw_input?: readonly StreamInput[];
  readonly alert_rule_test?: readonly {
    readonly alertname: string;
    readonly tenant?: string;
    readonly eval_time: string;
    readonly exp_alerts: readonly {
      readonly exp_state?: 'pending' | 'firing';
      readonly exp_labels?: Texts;
      readonly exp_annotations?: Texts;
    }[];
  }[];
  readonly alert_timeline_test?: readonly {
    readonly alertname: string;
    readonly tenant?: string;
    readonly labels?: string | Texts;
    readonly until: string;
    /** `pending at 5m` */
    readonly exp_timeline: readonly string[];
  }[];
  readonly recording_rule_test?: readonly {
    readonly record: string;
    readonly tenant?: string;
    readonly eval_time: string;
    readonly exp_samples: readonly SampleInput[];
  }[];
  readonly logql_expr_test?: readonly {
    readonly expr: string;
    readonly tenant?: string;
    readonly eval_time: string;
    readonly exp_samples?: readonly SampleInput[];
    readonly exp_logs?: readonly (
      | string
      | { readonly line: string; readonly labels?: string | Texts; readonly at?: string }
    )[];
  }[];
  readonly notification_test?: readonly {
    readonly eval_time: string;
    readonly alertname?: string;
    readonly tenant?: string;
    readonly exp_notifications: readonly {
      readonly status?: 'firing' | 'resolved';
      readonly labels?: Texts;
      readonly annotations?: Texts;
      readonly starts_at?: string;
      readonly ends_at?: string;
      readonly generator_url?: string;
    }[];
  }[];
  readonly prometheus_alert_test?: readonly {
    readonly alertname: string;
    readonly eval_time: string;
    readonly exp_alerts: readonly { readonly exp_labels?: Texts; readonly exp_annotations?: Texts }[];
  }[];
  readonly absent_text?: readonly string[];
}

export interface StreamInput {
  readonly labels?: string | Texts;
  readonly tenant?: string;
  readonly structured_metadata?: Texts;
  readonly lines: readonly (string | LineInput)[];
}

export type LineInput =
  | {
      readonly line: string;
      readonly at?: string;
      readonly arrives?: string;
      readonly structured_metadata?: Texts;
      /** `500 lines over 5m`, `20 lines every 15s` */
      readonly repeat?: string;
    }
  | { readonly gap: string };

export interface SampleInput {
  readonly labels?: string | Texts;
  readonly value: number;
}

export interface PipelineTestInput {
  readonly name?: string;
  readonly config: string;
  readonly component?: string;
  readonly env?: Texts;
  readonly start?: string;
  readonly labels?: Texts;
  readonly input: readonly (
    | string
    | {
        readonly line?: string;
        readonly file?: string;
        readonly labels?: Texts;
        readonly structured_metadata?: Texts;
        readonly at?: string;
      }
  )[];
  readonly exp_entries: readonly (
    | 'dropped'
    | {
        readonly line?: string;
        readonly labels?: Texts;
        readonly structured_metadata?: Texts;
        readonly timestamp?: string;
        readonly tenant?: string;
        readonly dropped?: string;
        readonly by?: string;
      }
  )[];
}
