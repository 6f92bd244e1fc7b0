namespace Tda.Core.Scores;

/// <summary>Names inside a run directory. Keep in step with docs/formats.</summary>
public static class ScoreFormat
{
    public const string Name = "tda.scores";

    /// <summary>Id of a guide run's target: harm less safe.</summary>
    public const string Differential = "differential";

    public const int Version = 1;
    public const string Scores = "scores.npy";
    public const string Queries = "queries.jsonl";
    public const string Rows = "rows.jsonl";
    public const string Top = "top.jsonl";
    public const string Layers = "scores.layers.npy";
    public const string Tokens = "tokens.jsonl";
    public const string Method = "method";
    public const string Damping = "damping";
    public const string N = "n";
    public const string SignConvention = "sign_convention";
}
