namespace Tda.Gateway.Redaction;

/// <summary>A body as it may be stored.</summary>
/// <param name="Bytes">The bytes: those given, with masks of the same length in the place of secrets.</param>
/// <param name="Count">How many secrets were masked.</param>
/// <param name="Unpacked">Whether the bytes are the unpacked content: a packed body in which something had to be masked.</param>
public readonly record struct RedactedBody(Memory<byte> Bytes, int Count, bool Unpacked);
