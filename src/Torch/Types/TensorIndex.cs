namespace TorchSharp;

public static partial class torch
{
    /// <summary>One position of an index expression, as in Python: a number, a slice, an ellipsis, None, a mask or indices.</summary>
    public struct TensorIndex
    {
        internal enum Kind
        {
            None,
            Single,
            Null,
            Ellipsis,
            Bool,
            Tensor,
            Slice,
        }

        internal Kind IndexKind { get; private init; }

        /// <summary>A number, a slice's start, or 1 for true.</summary>
        internal long? First { get; private init; }

        internal long? Stop { get; private init; }

        internal long? Step { get; private init; }

        internal Tensor? Indices { get; private init; }

        /// <summary>start:stop:step; stop is exclusive, negative numbers count from the end.</summary>
        public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null) =>
            new() { IndexKind = Kind.Slice, First = start, Stop = stop, Step = step };

        public static TensorIndex Slice((int? start, int? end) range) => Slice((long?)range.start, (long?)range.end);

        public static TensorIndex Slice(Range range) => Slice(
            range.Start.IsFromEnd ? -range.Start.Value : range.Start.Value,
            !range.End.IsFromEnd ? range.End.Value : range.End.Value == 0 ? null : -range.End.Value);

        public static TensorIndex Bool(bool value) => new() { IndexKind = Kind.Bool, First = value ? 1 : 0 };

        public static TensorIndex Single(long? index) => new() { IndexKind = Kind.Single, First = index };

        public static TensorIndex Tensor(Tensor tensor) => new() { IndexKind = Kind.Tensor, Indices = tensor };

#pragma warning disable CA2211 // Fields, not properties, because the API has fields.
        /// <summary>As many full slices as are missing.</summary>
        public static TensorIndex Ellipsis = new() { IndexKind = Kind.Ellipsis };

        /// <summary>A new axis of length one.</summary>
        public static TensorIndex None = new() { IndexKind = Kind.None };

        public static TensorIndex Null = new() { IndexKind = Kind.Null };

        /// <summary>The whole axis.</summary>
        public static TensorIndex Colon = Slice();
#pragma warning restore CA2211

        public static implicit operator TensorIndex(long value) => Single(value);

        public static implicit operator TensorIndex((int? start, int? end) range) => Slice(range);

        public static implicit operator TensorIndex(Range range) => Slice(range);

        public static implicit operator TensorIndex(Index index) => Single(index.IsFromEnd ? -index.Value : index.Value);

        /// <summary>Never called: overload resolution between the indexers needs that it exists.</summary>
        public static implicit operator Tensor(TensorIndex value) =>
            throw new InvalidOperationException("An index expression is not a tensor.");
    }
}
