namespace Tda.Lab.Decoding;

/// <summary>A delta of the sequence <paramref name="Index"/> of a request.</summary>
public readonly record struct IndexedDelta(int Index, SequenceDelta Delta);
