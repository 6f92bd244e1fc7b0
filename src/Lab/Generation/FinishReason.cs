namespace Tda.Lab.Generation;

/// <summary>Why a completion ended.</summary>
public enum FinishReason
{
    /// <summary>The model ended the text (EOS), or a stop sequence came up.</summary>
    Stop,

    /// <summary>The token limit or the end of the context was reached.</summary>
    Length,
}
