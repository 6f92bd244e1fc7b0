using Tda.Torch.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>
    /// A tensor of LibTorch. It belongs to the innermost dispose scope of the thread that created it; outside of scopes
    /// its creator disposes of it, and one that is forgotten is freed by a finalizer.
    /// </summary>
    public sealed partial class Tensor : IDisposable
    {
        private readonly TensorHandle _handle;

        internal Tensor(long handle)
        {
            if (handle == 0)
                throw new InvalidOperationException("The operator returned an undefined tensor.");
            _handle = new TensorHandle(handle);
            DisposeScopeManager.ThreadSingleton.Register(this);
        }

        /// <summary>Tensors alive in this process, as far as managed code created them.</summary>
        public static long TotalCount => TensorHandle.Live;

        /// <summary>The most there ever were at once.</summary>
        public static long PeakCount => TensorHandle.Peak;

        /// <summary>True once disposed of.</summary>
        public bool IsInvalid => _handle.Value == 0;

        /// <summary>A name for debugging.</summary>
        public string? name { get; set; }

        internal DisposeScope? OwningDisposeScope { get; set; }

        /// <summary>Where <see cref="OwningDisposeScope"/> keeps this tensor.</summary>
        internal int PlaceInScope { get; set; }

        /// <summary>The native pointer.</summary>
        /// <exception cref="ObjectDisposedException">The tensor was disposed of.</exception>
        internal long Handle
        {
            get
            {
                var handle = _handle.Value;
                return handle != 0 ? handle : throw new ObjectDisposedException(nameof(Tensor), "The tensor was disposed of.");
            }
        }

        public void Dispose()
        {
            if (_handle.IsClosed)
                return;
            var statistics = DisposeScopeManager.Statistics.TensorStatistics;
            if (OwningDisposeScope is { } scope)
            {
                statistics.DisposedInScopeCount++;
                scope.Remove(this);
            }
            else
            {
                statistics.DisposedOutsideScopeCount++;
            }
            _handle.Dispose();
        }

        /// <summary>Hands the tensor to the next outer scope, or to nobody where there is none.</summary>
        public Tensor MoveToOuterDisposeScope()
        {
            OwningDisposeScope?.MoveToOuter(this);
            return this;
        }

        /// <summary>Takes the tensor out of all scopes: the caller disposes of it.</summary>
        public Tensor DetachFromDisposeScope()
        {
            OwningDisposeScope?.Detach(this);
            return this;
        }

        public Tensor MoveToOtherDisposeScope(Tensor other) => MoveToOtherDisposeScope(other.OwningDisposeScope);

        public Tensor MoveToOtherDisposeScope(DisposeScope? other)
        {
            if (OwningDisposeScope is { } scope)
                scope.MoveToOther(other, this);
            else
                other?.Attach((IDisposable)this);
            return this;
        }

        /// <summary>Another handle of the same native tensor, disposed of independently.</summary>
        public Tensor alias()
        {
            var result = new Tensor(Bridge.tda_alias(Handle));
            GC.KeepAlive(this);
            return result;
        }

        /// <summary>Are all elements and the shape equal? Compare values with <see cref="eq(Tensor)"/>.</summary>
        public bool Equals(Tensor target) => Aten.Equal.CallBool(this, target);

        public override bool Equals(object? obj) => ReferenceEquals(this, obj) || (obj is Tensor other && Equals(other));

        /// <summary>By identity: a tensor's values change, its place in a dictionary must not.</summary>
        public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

        public override string ToString() =>
            IsInvalid ? "disposed tensor" : $"[{string.Join('x', shape)}], type = {dtype}, device = {device}";
    }
}
