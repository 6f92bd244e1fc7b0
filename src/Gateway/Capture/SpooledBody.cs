using Tda.Gateway.Redaction;

namespace Tda.Gateway.Capture;

/// <summary>How far a body of an exchange under way has been spooled.</summary>
internal sealed class SpooledBody(BodyCapture body, TimeProvider time)
{
    // More of it is spooled when so much has come, or so much time has passed, since the last time.
    private const int ProgressBytes = 64 << 10;
    private static readonly TimeSpan ProgressTime = TimeSpan.FromSeconds(1);

    private long _at;

    /// <summary>Bytes whose masks are final: the next piece begins behind them.</summary>
    public int Final { get; private set; }

    /// <summary>Bytes that are in the spool; those behind <see cref="Final"/> are replaced by the next piece.</summary>
    public int Shown { get; private set; }

    /// <summary>Whether so much has come that it doesn't wait for more.</summary>
    public bool HasMuchNews => body.CountFrom(Final) >= ProgressBytes;

    /// <summary>Whether there is more to spool, and it has waited for long or is much; or just whether there is more.</summary>
    public bool HasNews(bool any) => body.CountFrom(0) != Shown && (any || HasMuchNews || time.GetElapsedTime(_at) >= ProgressTime);

    /// <summary>A copy of what the next piece is made of.</summary>
    public byte[] CopyNews() => body.CopyFrom(Final);

    /// <summary>Notes a piece.</summary>
    /// <param name="start">Where it begins.</param>
    /// <param name="piece">What went into the spool.</param>
    /// <param name="final">How much of it is final, unless it was cut.</param>
    public void Note(int start, RedactedBody piece, int final)
    {
        Final = start + (piece.Cut ? 0 : Math.Min(final, piece.Bytes.Length));
        Shown = start + piece.Bytes.Length;
        _at = time.GetTimestamp();
    }
}
