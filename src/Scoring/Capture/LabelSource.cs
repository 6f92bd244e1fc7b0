namespace Tda.Scoring.Capture;

/// <summary>Which labels a captured loss is computed against.</summary>
public enum LabelSource
{
    /// <summary>The tokens that are there: the training loss, whose gradient is scored.</summary>
    True,

    /// <summary>
    /// Labels drawn from the model's own predictions, as the Fisher (= Gauss-Newton) matrix needs; with true labels the
    /// same statistics give the empirical Fisher, which is something else. Drawn by the row's key and the position,
    /// so that a label doesn't depend on batch, order or shard.
    /// </summary>
    Sampled,
}
