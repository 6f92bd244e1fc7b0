using Tda.Lab.Decoding;

namespace Tda.Lab.Protocol;

/// <summary>The JSON of one endpoint's answers.</summary>
public interface IAnswerFormat
{
    /// <summary>A whole answer.</summary>
    byte[] Answer(AnswerHeader header, IReadOnlyList<GeneratedChoice> choices, TokenUsage usage);

    /// <summary>What opens a choice's stream; null where the endpoint sends nothing.</summary>
    byte[]? OpeningChunk(AnswerHeader header, int choice);

    /// <summary>The chunks of one delta; a last delta gives its text first and then the finish reason.</summary>
    IEnumerable<byte[]> Chunks(AnswerHeader header, int choice, SequenceDelta delta);

    /// <summary>The chunk without choices that ends a stream whose client asked for usage.</summary>
    byte[] UsageChunk(AnswerHeader header, TokenUsage usage);
}
