namespace Tda.Labels.Encoders;

/// <summary>Turns texts into vectors whose cosine says how near they are in meaning. Safe to call from several threads.</summary>
public interface ITextEncoder
{
    /// <summary>What encodes, down to what its vectors depend on: vectors by encoders of different names can't be compared.</summary>
    string Name { get; }

    /// <summary>Numbers of a vector.</summary>
    int Width { get; }

    /// <summary>Texts so far whose end was left out.</summary>
    long Cut => 0;

    /// <summary>
    /// The texts' unit vectors, in their order, as they are asked for: memory holds some thousand texts at a time. A text's vector doesn't
    /// depend on the texts beside it, but for rounding (some 1e-7 of the cosine).
    /// </summary>
    /// <param name="texts">Any number of any length; a long text's end may be left out, as the encoder says.</param>
    /// <param name="cancel">Stops between batches.</param>
    IEnumerable<float[]> Encode(IEnumerable<string> texts, CancellationToken cancel = default);
}
