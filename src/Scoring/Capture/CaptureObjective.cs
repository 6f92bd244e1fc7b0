namespace Tda.Scoring.Capture;

/// <summary>What is differentiated at every position that carries loss.</summary>
public enum CaptureObjective
{
    /// <summary>The loss <c>−log p_y</c>, nats.</summary>
    Loss,

    /// <summary>The margin <c>z_y − logsumexp(z_≠y) = log p_y − log(1 − p_y)</c>, of which the loss is a convex function (TRAK).</summary>
    Margin,
}
